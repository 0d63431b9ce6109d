/** A host that runs a query until it is killed: the cluster's host and the URL of Redis are its arguments. */
import { strategyManager } from 'e6data-connector'
import { redisStrategyStore } from 'e6data-redis-store'

const [host = '', redis = '', leaseMs = ''] = process.argv.slice(2)
const strategyStore = redisStrategyStore({ redis, leaseMs: Number(leaseMs) })
const manager = strategyManager({ host, port: 443, username: 'alice', clusterName: 'prod', strategyStore })
manager.registerQueryStrategy('q-of-a-process', 'blue', '10.0.0.7')
process.on('message', () => undefined) // stays until it is killed
process.send?.('running')
