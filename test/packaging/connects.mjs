import { connect } from 'e6data-connector'

const connection = await connect(process.argv[2])
const { rows } = await connection.query('SELECT 6 * 7 AS answer')
await connection.close()
console.log(String(rows[0].answer))
