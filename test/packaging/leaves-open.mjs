import { connect } from 'e6data-connector'

/** Closes nothing: a connection that nobody uses keeps no program alive. */
const connection = await connect(process.argv[2])
const { rows } = await connection.query('SELECT 6 * 7 AS answer')
console.log(String(rows[0].answer))
