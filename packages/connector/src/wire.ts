export * as queryEngine from './gen/query_engine_pb.ts'
export * as cluster from './gen/cluster_pb.ts'
