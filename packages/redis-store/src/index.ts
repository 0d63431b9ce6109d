export type { RedisSource } from './redis-source.ts'
export { type RedisStoreOptions, redisStrategyStore } from './redis-store-options.ts'
