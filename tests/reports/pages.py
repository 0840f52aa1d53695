"""A page as a clerk reads it: its words in order, and what a browser would make of it."""

from html.parser import HTMLParser


class Page(HTMLParser):
    """The words of a page, one per text, and all its attributes. Tags must be closed in order."""

    def __init__(self, html):
        super().__init__()
        self.words, self.attributes, self.open = [], [], []
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in {"meta", "br", "line", "rect"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in {"line", "rect"}:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip() and self.open[-1] not in {"style", "title"}:
            self.words.append(data.strip())

    def after(self, word, count=1):
        """The words that follow the first `word`."""
        place = self.words.index(word) + 1
        return self.words[place] if count == 1 else self.words[place : place + count]
