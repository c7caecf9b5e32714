"""How mail programs write earlier mail, signatures and footers into a text: words by language, and how to find them."""
