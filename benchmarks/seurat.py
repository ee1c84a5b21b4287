"""Seurat objects read without R: what ours, `rdata` and `rds2py` can read, and how fast.

Files: ../shared/fixtures/omics (Seurat 2 to 5, .rds and .rda), and one large object of 20,000
features x 3,000 cells, which is written here. The peers are not of our environment: name a Python
that has them as the first argument; without one only ours is measured.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
FIXTURES = REPOSITORY.parent / "shared" / "fixtures" / "omics"
PATIENCE_SECONDS = 120
READ = {
    "rdata": "import sys, rdata; rdata.read_rds(sys.argv[1]) if sys.argv[1].endswith('rds') "
    "else rdata.read_rda(sys.argv[1])",
    "rdata, parser only": "import sys, rdata; rdata.parser.parse_file(sys.argv[1])",
    "rds2py": "import sys, rds2py; (rds2py.read_rds if sys.argv[1].endswith('rds') "
    "else rds2py.read_rda)(sys.argv[1])",
}
TIMED = (
    "import sys, time, warnings; warnings.simplefilter('ignore'); began = time.perf_counter()\n"
    "{read}\nprint('seconds', time.perf_counter() - began)"
)


def large(path: Path) -> None:
    import anndata  # noqa: PLC0415  # only the one process that writes needs them
    import numpy as np  # noqa: PLC0415
    import scipy.sparse as sp  # noqa: PLC0415

    from omics_orchestrator.conversion.seurat_write import write_seurat  # noqa: PLC0415

    rng = np.random.default_rng(1)
    counts = sp.random(3_000, 20_000, density=0.05, format="csr", rng=rng)
    counts.data = np.ceil(counts.data * 9)
    cells = anndata.AnnData(counts)
    cells.obs["sample_id"] = rng.choice(["IBD-001", "IBD-002"], 3_000)
    cells.obsm["X_umap"] = rng.normal(size=(3_000, 2))
    write_seurat(cells, path)


def ours(path: Path) -> float | None:
    from omics_orchestrator.formats import identify  # noqa: PLC0415

    began = time.perf_counter()
    with path.open("rb") as stream:
        found = identify(path.name, stream)
        finding = found.validate(stream) if found else None
    is_read = found is not None and finding is not None and finding.fault is None
    return time.perf_counter() - began if is_read else None


def peer(python: str, read: str, path: Path) -> float | None:
    script = TIMED.format(read=read.replace("import sys, ", "import ").replace("; ", "\n", 1))
    try:
        done = subprocess.run(
            [python, "-c", script, str(path)],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return None
    if done.returncode:
        return None
    return float(done.stdout.rsplit("seconds", 1)[1])


def main() -> None:
    python = sys.argv[1] if len(sys.argv) > 1 else None
    folders = (FIXTURES / "seurat", FIXTURES / "sce", FIXTURES / "bad" / "rds_bz2")
    files = [path for folder in folders for path in sorted(folder.glob("*.[rR][dD]*"))]
    with tempfile.TemporaryDirectory() as folder:
        big = Path(folder) / "large.seurat.rds"
        large(big)
        found = {"ours": {path.name: ours(path) for path in (*files, big)}}
        for name, read in READ.items() if python else ():
            found[name] = {path.name: peer(str(python), read, path) for path in (*files, big)}
    print(f"{'':<22}{'read':>9}{'median ms':>11}{'large s':>9}")
    told = {}
    for name, each in found.items():
        small = [each[path.name] for path in files]
        read = [seconds for seconds in small if seconds is not None]
        last = each["large.seurat.rds"]
        told[name] = {"read": len(read), "large_seconds": last}
        large_said = f"{last:>9.2f}" if last is not None else "   failed"
        median = f"{statistics.median(read) * 1e3:>11.1f}" if read else f"{'':>11}"
        print(f"{name:<22}{len(read):>4}/{len(files):<4}{median}{large_said}")
    mine = told.pop("ours")
    print(
        json.dumps(
            {
                "claim": "every Seurat and SingleCellExperiment file is read without R",
                "unit": "files",
                "ours": mine["read"],
                "limit": len(files),
                "peers": {name: each["read"] for name, each in told.items()},
                "large_seconds": {"ours": mine["large_seconds"]}
                | {name: each["large_seconds"] for name, each in told.items()},
                "goal": "all of them, and the large one in 1.3 s",
                "met": mine["read"] == len(files) and (mine["large_seconds"] or 9) <= 1.3,
            }
        )
    )


if __name__ == "__main__":
    main()
