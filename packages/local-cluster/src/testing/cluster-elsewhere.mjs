// A test starts this in its own process: runs a built cluster and sends its address.
import { startCluster } from 'e6data-local-cluster'

const { host, port, username, password, engines } = await startCluster({ rows: 100 })
const pids = Object.values(engines).map((engine) => engine.pid)
process.send({ host, port, username, password, pids })
