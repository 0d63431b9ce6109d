export { ClusterManager, type WaitOptions } from './cluster/cluster-manager.ts'
export type { ClusterStatus } from './cluster/cluster-service.ts'
export type { ResumeOptions } from './cluster/resume-options.ts'
export { clusterManager, connect, createPool, strategyManager } from './connect.ts'
export {
  type CloseOptions,
  Connection,
  type DefaultRow,
  engineMethods,
  type QueryResult,
  type ResultColumn,
} from './connection.ts'
export {
  AbortError,
  ClosedError,
  ClusterSuspendedError,
  ConnectError,
  CredentialsError,
  DecodeError,
  E6dataError,
  type ErrorFacts,
  HeldCallsLimitError,
  OptionsError,
  type Outcome,
  ParameterError,
  PoolTimeoutError,
  QueryFailedError,
  QueryInterruptedError,
  RateLimitedError,
  ResultTooLargeError,
  SessionError,
  StrategyDetectionTimeoutError,
  StrategyMismatchError,
  TimeoutError,
  TransportError,
  UsageError,
  ValueRangeError,
} from './errors.ts'
export {
  CALL_CHANNEL,
  type CallTraceContext,
  QUERY_CHANNEL,
  type QueryTraceContext,
} from './observability/channels.ts'
export type {
  ConnectionEvents,
  IgnoredReason,
  QueryEnd,
  StrategyEvents,
  TransitionCause,
} from './observability/events.ts'
export type { HistogramSnapshot } from './observability/histogram.ts'
export type { Logger, LogLevel } from './observability/logger.ts'
export type { OperationOutcome, ServerAddress } from './observability/operation.ts'
export {
  type LabelledSource,
  type MetricsSource,
  PROMETHEUS_CONTENT_TYPE,
  prometheusText,
} from './observability/prometheus.ts'
export type { QueryStatistics } from './observability/query-statistics.ts'
export type {
  Telemetry,
  TelemetryAttributes,
  TelemetryHistogram,
  TelemetryInstrumentOptions,
  TelemetryMeter,
  TelemetryObservable,
  TelemetryObservation,
  TelemetrySpan,
  TelemetrySum,
  TelemetryTracer,
} from './observability/telemetry.ts'
export type {
  ConnectionOptions,
  ConnectOptions,
  IdentityOptions,
  LoggingOptions,
  StrategyOptions,
} from './options/connect-options.ts'
export { type ResolvedOptions, resolveOptions } from './options/resolve-options.ts'
export type { CreatePoolOptions } from './options/resolve-pool-options.ts'
export type { Lease } from './pool/lease.ts'
export type { Pool } from './pool/pool.ts'
export type { PoolCloseOptions } from './pool/pool-core.ts'
export type { PoolEvents, PoolStatistics } from './pool/pool-events.ts'
export type { PoolOptions } from './pool/pool-options.ts'
export type { PooledStream } from './pool/pooled-stream.ts'
export type { Field } from './result/field.ts'
export type { ColumnValues, ResultBatch, Row, RowOptions } from './result/result-batch.ts'
export type { Vector } from './result/vector.ts'
export type { RecoveryOptions } from './session/recovery-options.ts'
export type { CatalogInfo, ColumnInfo } from './statement/catalog.ts'
export type { Cursor } from './statement/cursor.ts'
export type { QueryAnalysis } from './statement/explanation.ts'
export type { StatementParameters } from './statement/parameters.ts'
export type { QueryStream } from './statement/query-stream.ts'
export type { QueryStatus } from './statement/running-query.ts'
export type { Parameter } from './statement/sql-literal.ts'
export type {
  CursorOptions,
  NameScope,
  QueryOptions,
  ResultOptions,
  StatementOptions,
} from './statement/statement-options.ts'
export type { DetectionOptions } from './strategy/detection-options.ts'
export type { StrategyChange } from './strategy/recent-changes.ts'
export type { SharedStrategy, StrategyInspection } from './strategy/strategy-inspection.ts'
export { StrategyManager, type StrategyManagerOptions } from './strategy/strategy-manager.ts'
export {
  initialStrategyState,
  type Pending,
  type Refusal,
  type StrategyLimits,
  type StrategyState,
  type SwitchBudget,
  type Ticket,
} from './strategy/strategy-state.ts'
export type { PinStore, QueryPin, StoreNotice, StrategyStore, StrategyUpdate } from './strategy/strategy-store.ts'
export type { Clock } from './time/clock.ts'
export type { CallLimits } from './time/deadline.ts'
export type { ChannelOptions, TlsOptions } from './transport/channel-options.ts'
export { type GrpcHeader, type GrpcHeaderFields, grpcHeader } from './transport/headers.ts'
export type { UnaryMethod } from './transport/transport.ts'
export { parseStrategy, type Strategy } from './types/strategy.ts'
export type { TypeName } from './types/type-table.ts'
export type { ArrayRow, NestedValue, ObjectRow, RowOf, TypeOptions, Value, ValueOfType } from './types/value-types.ts'
