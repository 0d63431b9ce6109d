import { string } from './field.ts'
import { messageOf } from './message-codec.ts'
import { serviceOf } from './unary-method.ts'

/** The messages and calls of `proto/cluster.proto`, field by field. */

const LOGIN = messageOf({ user: string(1), password: string(2) })
const STATUS = messageOf({ status: string(1) })

export const clusterMethods = serviceOf('ClusterService', {
  status: [LOGIN, STATUS],
  resume: [LOGIN, STATUS],
  suspend: [LOGIN, STATUS],
})
