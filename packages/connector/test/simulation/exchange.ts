import type { DescMessage, DescMethodUnary, MessageShape } from '@bufbuild/protobuf'
import type { Strategy } from '../../src/types/strategy.ts'
import type { CallStep, FaultName } from './faults.ts'
import type { SimulatedCluster } from './simulated-cluster.ts'
import type { SimulatedProcess } from './simulated-process.ts'
import type { ExchangeEnd, Wording } from './wordings.ts'

/** The reply to a call: a message, or a status. */
export type Reply =
  | { readonly kind: 'message'; readonly bytes: Uint8Array; readonly rows: number; readonly end?: ExchangeEnd }
  | { readonly kind: 'status'; readonly status: Wording }

/** One call and its answer, as seen by the network. */
export interface Exchange {
  readonly number: number
  readonly process: SimulatedProcess
  /** `p1.c2`: the second connection of the first process. */
  readonly connection: string
  readonly cluster: SimulatedCluster
  readonly method: DescMethodUnary
  readonly step: CallStep
  readonly request: MessageShape<DescMessage>
  readonly headers: ReadonlyMap<string, string>
  /** The number of the cluster's proxy it reaches. */
  readonly proxy: number
  /** The operation it is about, if known. */
  readonly operation: number | undefined
  readonly queryId: string | undefined
  /** Its fault, caused by the network or the cluster. */
  fault: FaultName | undefined
  readonly sentAt: number
  /** Whether an engine has processed it. */
  reachedEngine: boolean
  /** The strategy announced in its answer. */
  announced: Strategy | undefined
  /** The number of rows in its answer. */
  rows: number
  end: ExchangeEnd | undefined
  endedAt: number
  /** The message of the engine or the network, if it failed. */
  details: string
  /** Whether its connection is silent: no answer comes until the connection is abandoned. */
  isSilenced: boolean
  /** Delivers the reply to the client, once. */
  readonly deliver: (reply: Reply) => void
}
