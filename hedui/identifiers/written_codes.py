"""Credit codes that people and systems wrote in another way than they are printed."""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hedui.identifiers.codes import valid_credit_codes
from hedui.identifiers.columns import CanonicalColumn, of_usual_signs, offsets, tidied_column
from hedui.identifiers.remarks import spread

_SHORTEST: Final = 18


def canonical_codes(values: pa.StringArray) -> CanonicalColumn:
    """Every credit code as it is printed: narrow, in capitals, without blanks. All other text stays as it is.

    A field need not be called a code: text that such tidying makes a valid one, check character included, means it.
    Nine characters of an organisation code are too few to be sure.
    """
    odd = (np.diff(offsets(values)) >= _SHORTEST) & values.is_valid().to_numpy(zero_copy_only=False)
    if odd.any():
        long = values.filter(pa.array(odd))
        odd[odd] = of_usual_signs(long) & ~valid_credit_codes(long)
    if not odd.any():
        return CanonicalColumn(values, {})
    texts = values.filter(pa.array(odd))
    tidy, tidying = tidied_column(texts)
    valid = valid_credit_codes(tidy)
    mended = pc.replace_with_mask(values, pa.array(odd), pc.if_else(pa.array(valid), tidy, texts))
    return CanonicalColumn(mended, spread({repair: rows & valid for repair, rows in tidying.items()}, odd))
