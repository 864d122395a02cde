/** Where the built-in catalog stands: what the frozen data says, read and checked. */
export const CATALOG_FORMAT = 1;
