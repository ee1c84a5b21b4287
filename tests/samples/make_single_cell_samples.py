"""Make the tiny whole files of cells: `python tests/samples/make_single_cell_samples.py`.

Written by the field's own libraries where there are any (anndata, mudata, zarr, R); the 10x and
loom files are laid out as their makers' pages say. All content is invented.
"""

import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import anndata
import h5py
import mudata
import numpy as np
import scipy.sparse
import zarr

HERE = Path(__file__).parent
RANDOM = np.random.default_rng(20261123)
BARCODES = ["AAACCTGAGAAACCAT-1", "AAACCTGAGAAACCGC-1", "AAACCTGAGAAACCTA-1", "AAACCTGAGAAACGAG-1"]


def folder(format_name: str) -> Path:
    path = HERE / format_name
    path.mkdir(exist_ok=True)
    return path


def cells(n_vars: int) -> anndata.AnnData:
    x = scipy.sparse.random(6, n_vars, density=0.5, format="csr", dtype=np.float32, rng=RANDOM)
    adata = anndata.AnnData(X=x)
    adata.obs_names = [f"cell{n}" for n in range(6)]
    adata.var_names = [f"feature{n_vars}_{n}" for n in range(n_vars)]
    adata.obs["sample_id"] = ["IBD-001", "IBD-001", "IBD-002"] * 2
    adata.obs["donor_id"] = ["D1", "D1", "D2"] * 2
    adata.var["gene_name"] = [f"G{n}" for n in range(n_vars)]
    adata.layers["log"] = np.log1p(x.toarray())
    adata.strings_to_categoricals()
    return adata


def h5ad() -> None:
    adata = cells(4)
    adata.uns["rank_genes_groups"] = {"names": np.array(["G1", "G2"]), "params": {"method": "t"}}
    adata.uns["sample_id_colors"] = np.array(["#ffffff", "#000000"])
    adata.obs["patient_name"] = "removed"
    adata.write_h5ad(folder("h5ad") / "ordinary_columns.h5ad")


def h5mu() -> None:
    mudata.set_options(pull_on_update=False)
    both = mudata.MuData({"rna": cells(4), "prot": cells(3)})
    both.write(folder("h5mu") / "rna_and_protein.h5mu")


def loom() -> None:
    with h5py.File(folder("loom") / "velocity.loom", "w") as file:
        counts = RANDOM.integers(0, 9, (3, 4)).astype("i4")
        file.create_dataset("matrix", data=counts, compression="gzip")
        file.create_dataset("layers/spliced", data=counts, compression="gzip")
        file["row_attrs/Gene"] = ["G1", "G2", "G3"]
        file["col_attrs/CellID"] = BARCODES
        file["col_attrs/SampleID"] = ["IBD-001"] * 4
        file.create_group("row_graphs")
        for part, values in (("a", [0, 1]), ("b", [1, 2]), ("w", [0.5, 0.25])):
            file[f"col_graphs/knn/{part}"] = values
        file["attrs/LOOM_SPEC_VERSION"] = "3.0.0"


def sparse_parts(group: h5py.Group) -> None:
    counts = scipy.sparse.csc_matrix(RANDOM.integers(0, 3, (3, 4)))
    group["barcodes"] = np.array(BARCODES, "S")
    group["data"], group["indices"] = counts.data.astype("i4"), counts.indices.astype("i8")
    group["indptr"], group["shape"] = counts.indptr.astype("i8"), np.array([3, 4], "i4")


def tenx_h5() -> None:
    with h5py.File(folder("tenx_h5") / "filtered_feature_bc_matrix.h5", "w") as file:
        file.attrs["chemistry_description"] = "Single Cell 3' v3"
        file.attrs["library_ids"] = np.array([b"IBD-001_D0"])
        sparse_parts(file.create_group("matrix"))
        for name, values in {
            "id": ["ENSG1", "ENSG2", "CD3"],
            "name": ["CD3E", "CD8A", "CD3"],
            "feature_type": ["Gene Expression"] * 2 + ["Antibody Capture"],
            "genome": ["GRCh38", "GRCh38", ""],
        }.items():
            file[f"matrix/features/{name}"] = np.array(values, "S")
        file["matrix/features/_all_tag_keys"] = np.array(["genome"], "S")
    with h5py.File(HERE / "tenx_h5" / "filtered_gene_bc_matrices_h5.h5", "w") as file:
        for genome in ("hg19", "mm10"):
            group = file.create_group(genome)
            sparse_parts(group)
            group["genes"] = np.array(["ENSG1", "ENSG2", "ENSG3"], "S")
            group["gene_names"] = np.array(["A", "B", "C"], "S")


def tenx_molecules() -> None:
    with h5py.File(folder("tenx_molecules") / "molecule_info.h5", "w") as file:
        file["barcodes"] = np.array(BARCODES, "S")
        file["features/id"] = np.array(["ENSG1", "ENSG2"], "S")
        for name in ("barcode_idx", "gem_group", "feature_idx", "count", "umi", "library_idx"):
            file[name] = np.ones(5, "u4")
        file["metrics_json"] = '{"cellranger_version": "8.0.1"}'


def zarr_zip() -> None:
    with TemporaryDirectory() as place:
        anndata.io.write_elem(zarr.open_group(place, mode="w", zarr_format=2), "/", cells(4))
        with zipfile.ZipFile(folder("zarr_zip") / "cells.zarr.zip", "w") as archive:
            for path in sorted(Path(place).rglob("*")):
                archive.write(path, path.relative_to(place).as_posix())


if __name__ == "__main__":
    for make in (h5ad, h5mu, loom, tenx_h5, tenx_molecules, zarr_zip):
        make()
