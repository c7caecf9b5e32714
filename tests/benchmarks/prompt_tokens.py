"""How many tokens the prompts of real chains take, against sending the raw bodies of their mails.

Raw: everything behind the header block of each file, as it came. Ours: the user part of the prompt, without a limit and
within the budget of 4,096 tokens with 1,200 for the answer. Tokens by our estimate, which is held against SmolLM2's
vocabulary in `consumer.analysis.tokens`.

Run: python -m tests.benchmarks.prompt_tokens ../shared/corpora/enron_berkeley_labelled
"""

from __future__ import annotations

import sys
from pathlib import Path

from consumer.analysis.prompt import chain_prompt
from consumer.analysis.reading import read
from consumer.analysis.tokens import tokens_of
from tests.mail_files import chains_of, emails_of

_UNLIMITED_TOKENS = 10_000_000
_BUDGET_TOKENS = 4_096 - 1_200 - 64


def main(folder: Path) -> None:
    """Print the totals."""
    raws = [path.read_bytes() for path in sorted(folder.glob("*/*.txt"))]
    raw = sum(tokens_of(each.replace(b"\r\n", b"\n").partition(b"\n\n")[2].decode("latin-1")) for each in raws)
    whole = fitted = 0.0
    cut = 0
    chains = chains_of(emails_of(raws))
    for chain in chains:
        passages = read(chain).passages
        whole += tokens_of(chain_prompt(chain, _UNLIMITED_TOKENS, passages=passages).user)
        prompt = chain_prompt(chain, _BUDGET_TOKENS, passages=passages)
        fitted += tokens_of(prompt.user)
        cut += bool(prompt.elided_chars)
    print(f"{len(raws)} mails in {len(chains)} chains; raw bodies {raw:,.0f} tokens")
    print(f"prompts without a limit {whole:,.0f} ({whole / raw:.1%} of the raw bodies)")
    share = f"{fitted / raw:.1%}"
    print(f"prompts within {_BUDGET_TOKENS} tokens {fitted:,.0f} ({share}); {cut} chains are cut, and say so")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
