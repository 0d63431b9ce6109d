// Started by a test as a process of its own: runs a built cluster and tells where it is.
import { startCluster } from 'e6data-local-cluster'

const { host, port, username, password, engines } = await startCluster({ rows: 100 })
const pids = Object.values(engines).map((engine) => engine.pid)
process.send({ host, port, username, password, pids })
