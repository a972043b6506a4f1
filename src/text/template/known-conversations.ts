// Tested by: test/text/template/conversation.test.ts
/** Conversations that the reader made: they are not read twice. */
export const READ: WeakSet<object> = new WeakSet();
