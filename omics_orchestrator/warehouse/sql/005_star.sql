create schema star;
comment on schema star is 'Facts and dimensions for BI tools: views over the present rows of core, exposure and omics.';
