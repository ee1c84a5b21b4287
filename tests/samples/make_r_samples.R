# Make the tiny whole files of R: `Rscript tests/samples/make_r_samples.R tests/samples`.
# Needs Seurat 4 or 5 and SingleCellExperiment. All content is invented.
suppressMessages({library(Seurat)})
set.seed(7)
d <- commandArgs(TRUE)[1]
dir.create(file.path(d,"seurat"),showWarnings=F); dir.create(file.path(d,"sce"),showWarnings=F); dir.create(file.path(d,"rds"),showWarnings=F)
m <- matrix(rpois(24*9, 2), nrow=24, dimnames=list(paste0("Gene",1:24), paste0("Cell",1:9)))
o <- CreateSeuratObject(m, project="IBD")
o$sample_id <- factor(rep(c("IBD-001","IBD-002","IBD-003"), 3))
o$donor_id <- "D1"
o <- NormalizeData(o, verbose=FALSE)
o[["ADT"]] <- CreateAssayObject(m[1:3,])
o[["umap"]] <- CreateDimReducObject(matrix(rnorm(18), 9, dimnames=list(colnames(o), NULL)), key="UMAP_", assay="RNA")
saveRDS(o, file.path(d,"seurat","cells.seurat.rds"))
save(o, file=file.path(d,"seurat","cells.seurat.rda"), compress="xz")
df <- data.frame(sample_id=c("IBD-001","IBD-002"), crp=c(1.5,NA), ok=c(TRUE,NA), f=factor(c("a","b")))
saveRDS(df, file.path(d,"rds","table.rds"))
saveRDS(df, file.path(d,"rds","old.rds"), version=2, compress="bzip2")
saveRDS(df, file.path(d,"rds","plain.rds"), compress=FALSE)
saveRDS(df, file.path(d,"rds","text.rds"), ascii=TRUE)
con <- file(file.path(d,"rds","little_endian.rds"),"wb"); serialize(df, con, xdr=FALSE); close(con)
f <- function(x, ...) { y <- x + 1; g <- function(z) z * y; g(...) }
f <- compiler::cmpfun(f)
env <- new.env(); assign("a", 1:3, env); assign("self", env, env)
odd <- list(f=f, e=env, call=quote(a[b] <- c ~ d), seq=1:1000, deferred=as.character(1:70), cplx=1i, raw=as.raw(1:3), ns=asNamespace("stats"), base=baseenv(), global=globalenv(), fml=y ~ x, prim=sum, null=NULL, big=seq(0.5, 100, by=0.5), na=NA_character_, latin=iconv("caf\u00e9","UTF-8","latin1"), expr=expression(a+b, c), missing=quote(f(,1)))
sorted <- sort(c(3.5,1,2)); 
save(odd, sorted, file=file.path(d,"rds","odd.rda"))

suppressMessages(library(SingleCellExperiment))
sce <- SingleCellExperiment(
  assays=list(counts=m, logcounts=log1p(m)),
  colData=DataFrame(sample_id=rep(c("IBD-001","IBD-002","IBD-003"), 3), row.names=colnames(m)),
  reducedDims=list(PCA=matrix(rnorm(18), 9)))
saveRDS(sce, file.path(d,"sce","cells.sce.rds"))
