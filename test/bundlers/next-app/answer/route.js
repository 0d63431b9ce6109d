import { connect } from 'e6data-connector'

/** Asked anew by every request, not once when the app is built. */
export const dynamic = 'force-dynamic'

export async function GET() {
  const connection = await connect(process.env.E6DATA_PROGRAM_URL)
  try {
    const { rows } = await connection.query('SELECT 6 * 7 AS answer')
    return new Response(String(rows[0].answer))
  } finally {
    await connection.close()
  }
}
