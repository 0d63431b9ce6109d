export type { ClusterManager, WaitOptions } from './cluster/cluster-manager.ts'
export type { ClusterStatus } from './cluster/cluster-service.ts'
export type { ResumeOptions } from './cluster/resume-options.ts'
export { clusterManager, connect, createPool, strategyManager } from './connect.ts'
export type { CloseOptions, Connection } from './connection.ts'
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
  ResultIncompleteError,
  ResultTooLargeError,
  SessionError,
  SessionStateLostError,
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
  CheckFinding,
  ConnectionEvents,
  EventHub,
  IgnoredReason,
  QueryEnd,
  StrategyEvents,
  SuspicionReason,
  SweptReason,
  TransitionCause,
} from './observability/events.ts'
export type { HistogramSnapshot } from './observability/histogram.ts'
export type { Logger, LogLevel } from './observability/logger.ts'
export type { StrategyStatistics } from './observability/metric-families.ts'
export type { OperationOutcome, ServerAddress } from './observability/operation.ts'
export type { PoolStatistics } from './observability/pool-statistics.ts'
export {
  type InspectableStrategy,
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
  TelemetryValue,
} from './observability/telemetry.ts'
export { type ClientCredentialsOptions, clientCredentials } from './options/client-credentials.ts'
export type {
  AdvancedOptions,
  ConnectOptions,
  Given,
  IdentityOptions,
  LoggingOptions,
  StrategyOptions,
} from './options/connect-options.ts'
export type { PasswordProvider } from './options/option-kinds.ts'
export type { AdvancedPoolOptions, CreatePoolOptions } from './options/resolve-pool-options.ts'
export type { Lease } from './pool/lease.ts'
export type { Pool } from './pool/pool.ts'
export type { CloseReason, PoolEvents } from './pool/pool-events.ts'
export type { PoolCloseOptions, PoolOptions } from './pool/pool-options.ts'
export type { PooledStream } from './pool/pooled-stream.ts'
export type { DelimitedOptions } from './result/delimited-format.ts'
export type { Field } from './result/field.ts'
export type { JsonOptions } from './result/json-format.ts'
export type { ColumnValues, ResultBatch, Row, RowOptions } from './result/result-batch.ts'
export type {
  BooleanVector,
  DateVector,
  DecimalVector,
  Float64Vector,
  Int32Vector,
  Int64Vector,
  IntervalVector,
  NullVector,
  TextVector,
  TimestampVector,
  Vector,
  VectorFacts,
} from './result/vector.ts'
export type { RecoveryOptions } from './session/recovery-options.ts'
export type { CatalogInfo, ColumnInfo } from './statement/catalog.ts'
export type { Cursor } from './statement/cursor.ts'
export type { QueryAnalysis } from './statement/explanation.ts'
export type {
  CsvExportOptions,
  ExportStream,
  ExportStreamOptions,
  NdjsonExportOptions,
} from './statement/export-stream.ts'
export type { InterfaceParameters, StatementParameters } from './statement/parameters.ts'
export type { QueryResult } from './statement/query-result.ts'
export type { QueryStream } from './statement/query-stream.ts'
export type { ResultStream } from './statement/result-stream.ts'
export type { DynamicParameter, QueryStatus } from './statement/running-query.ts'
export type { Parameter, ScalarParameter } from './statement/sql-literal.ts'
export type {
  CursorOptions,
  NameScope,
  QueryArguments,
  QueryOptions,
  ResultOptions,
  StatementNature,
  StatementOptions,
} from './statement/statement-options.ts'
export { ClusterStrategy as StrategyManager } from './strategy/cluster-strategy.ts'
export type { DetectionOptions } from './strategy/detection-options.ts'
export type { StrategyManagerOptions } from './strategy/manager-options.ts'
export { PinMap, type PinPlace } from './strategy/pin-map.ts'
export { decodeStrategyState, encodeStrategyState } from './strategy/portable-state.ts'
export type { PastState, StrategyChange } from './strategy/recent-changes.ts'
export {
  isConfirmation as isStrategyConfirmation,
  rejoin as rejoinStrategyStates,
} from './strategy/shared-reconcile.ts'
export type { AskingPurpose } from './strategy/strategy-change.ts'
export type { SharedStrategy, StrategyInspection } from './strategy/strategy-inspection.ts'
export {
  type Asker,
  initialStrategyState,
  type Opening,
  type Pending,
  type Refusal,
  type Sighting,
  type StrategyLimits,
  type StrategyState,
} from './strategy/strategy-state.ts'
export type {
  PinStore,
  QueryPin,
  StoreNotice,
  StrategyStore,
  StrategyStoreFactory,
  StrategyStorePlace,
  StrategyUpdate,
} from './strategy/strategy-store.ts'
export type { ReturnBar, SwitchBudget } from './strategy/switch-limits.ts'
export type { CancelSchedule, Clock } from './time/clock.ts'
export type { CallOptions } from './time/deadline.ts'
export type { AccessToken, AccessTokenProvider, AccessTokenRequest } from './transport/access-token.ts'
export type { ChannelOptions, TlsOptions } from './transport/channel-options.ts'
export { type GrpcHeader, type GrpcHeaderFields, grpcHeader } from './transport/headers.ts'
export { parseStrategy, type Strategy } from './types/strategy.ts'
export { TYPE_NAMES, type TypeName } from './types/type-table.ts'
export {
  type ArrayRow,
  type BinaryValue,
  type Choice,
  type DateValue,
  type DecimalValue,
  type DefaultRow,
  type FloatValue,
  type Int64Value,
  type IntervalValue,
  JSON_TYPES,
  type MergedTypes,
  type NestedColumnValue,
  type NestedValue,
  type ObjectRow,
  type RowOf,
  type RowShape,
  type StatementRow,
  type TimestampValue,
  type TypeOptions,
  type TypesOf,
  type Value,
  type ValueOfType,
} from './types/value-types.ts'
export type { Zone } from './types/zones.ts'
export { engineMethods } from './wire-codec/engine-methods.ts'
export type { UnaryMethod } from './wire-codec/unary-method.ts'
