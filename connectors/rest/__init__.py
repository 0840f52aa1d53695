"""HTTPS services: paging, being let in, signing, decoding and patience are modules beside each other."""
