const { connect } = require('e6data-connector')

async function main(url) {
  const connection = await connect(url)
  const { rows } = await connection.query('SELECT 6 * 7 AS answer')
  await connection.close()
  console.log(String(rows[0].answer))
}

main(process.argv[2])
