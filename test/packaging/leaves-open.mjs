import { connect } from 'e6data-connector'

/** Closes nothing: an unused connection does not keep a program alive. */
const connection = await connect(process.argv[2])
const { rows } = await connection.query('SELECT 6 * 7 AS answer')
console.log(String(rows[0].answer))
