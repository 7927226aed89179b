"""``python -m generator --rows 5000 --out DIR --seed 7``: write generated bad rows."""

from __future__ import annotations

import argparse
from pathlib import Path

from generator.tree import write_tree


def main() -> None:
    """Write the rows and say how many of each kind."""
    parser = argparse.ArgumentParser(
        prog="generator", description="Write realistic bad rows, the same for the same seed."
    )
    parser.add_argument("--rows", type=int, required=True, help="how many")
    parser.add_argument("--out", type=Path, required=True, help="folder to write under; made when missing")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--size", type=int, help="bytes a row, 2,000 at least; without it a blend of 2, 5 and 15 KB")
    parser.add_argument("--files", type=int, default=8, help="about how many files (default 8)")
    parser.add_argument("--gz-share", type=float, default=0.5, help="share of the files that is gzipped (default 0.5)")
    parser.add_argument("--nested", action="store_true", help="a folder for each schema and hour")
    args = parser.parse_args()
    manifest = write_tree(
        args.out,
        args.rows,
        seed=args.seed,
        size=args.size,
        files=args.files,
        gz_share=args.gz_share,
        nested=args.nested,
    )
    print(f"{manifest.rows:,} bad rows, {manifest.bytes:,} bytes, in {manifest.files} files under {args.out}")
    for kind, count in sorted(manifest.kinds.items(), key=lambda item: -item[1]):
        print(f"  {kind:<36}{count:>10,}")


if __name__ == "__main__":
    main()
