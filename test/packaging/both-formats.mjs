import { createRequire } from 'node:module'
import { connect } from 'e6data-connector'

const commonJs = createRequire(import.meta.url)('e6data-connector')
const connections = [await connect(process.argv[2]), await commonJs.connect(process.argv[2])]
console.log(connections[0].strategy === connections[1].strategy ? 'one manager' : 'two managers')
for (const connection of connections) await connection.close()
