import { connect } from 'e6data-connector'

/** A handler as a serverless platform calls it: one file, without `node_modules`. */
export async function handler({ url }) {
  const connection = await connect(url)
  try {
    const { rows } = await connection.query('SELECT 6 * 7 AS answer')
    return { statusCode: 200, body: String(rows[0].answer) }
  } finally {
    await connection.close()
  }
}
