"""Reports of studies: plain data that pages, figures and tables are made from."""
