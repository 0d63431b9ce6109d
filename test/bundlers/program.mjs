import { connect } from 'e6data-connector'

/** From the environment, since an executable does not have its own arguments on every platform. */
async function main(url) {
  const connection = await connect(url)
  const { rows } = await connection.query('SELECT 6 * 7 AS answer')
  await connection.close()
  console.log(String(rows[0].answer))
}

main(process.env.E6DATA_PROGRAM_URL)
