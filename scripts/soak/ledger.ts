/** The table that all workers write to, a row each time. */
export const CREATE_LEDGER = 'CREATE TABLE soak_ledger (id VARCHAR, worker VARCHAR)'
export const WRITE_LEDGER = 'INSERT INTO soak_ledger VALUES (?, ?)'
export const READ_LEDGER = 'SELECT id FROM soak_ledger WHERE worker = ?'
