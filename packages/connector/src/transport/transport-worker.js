/**
 * Runs the thread's program from its source, for whatever runs the connector from its sources, such as tests. It stands
 * where the built program stands in the package; that one is made from `transport-worker.ts`.
 */
import { register } from 'tsx/esm/api'

register()
await import('./transport-worker.ts')
