/** The door `vl-reward/rows`: files and rows in every shape in use, read into conversations. */
export { EmbeddedPicture } from "./embedded-picture.ts";
export type { TableRow } from "./fields.ts";
export type { RowPicture } from "./media.ts";
export { readRows } from "./read-file.ts";
export type { ReadRowsOptions, RowsOfFiles } from "./read-file.ts";
export { judgedConversation, readRow, UnusedFields } from "./read-row.ts";
export type { ReadRow } from "./read-row.ts";
export { resolvePictures } from "./resolve.ts";
export type { ResolvePicture } from "./resolve.ts";
export { readPicture, readTable } from "./table-file.ts";
export type { FileBytes, NamedFile, Picture, ReadParquet, Table } from "./table-file.ts";
