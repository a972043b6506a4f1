/** The door `vl-reward/rows`: rows of data sets in the shapes that are in use, as conversations. */
export { EmbeddedPicture } from "./embedded-picture.ts";
export type { TableRow } from "./fields.ts";
export type { RowPicture } from "./media.ts";
export { judgedConversation, readRow, UnusedFields } from "./read-row.ts";
export type { ReadRow } from "./read-row.ts";
export { readPicture, readTable } from "./table-file.ts";
export type { FileBytes, NamedFile, Picture, ReadParquet, Table } from "./table-file.ts";
