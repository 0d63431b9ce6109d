/** TBinaryProtocol type numbers (`protocol.md`, result batch). */
export const THRIFT = {
  stop: 0,
  bool: 2,
  byte: 3,
  double: 4,
  i16: 6,
  i32: 8,
  i64: 10,
  string: 11,
  struct: 12,
  map: 13,
  set: 14,
  list: 15,
} as const

/** Field numbers of the structs in a result batch. */
export const CHUNK = { size: 1, vectors: 2 } as const
export const VECTOR = {
  size: 1,
  vectorType: 2,
  nullSet: 3,
  data: 4,
  isConstantVector: 5,
  zoneOffset: 6,
  format: 7,
} as const

/** Field numbers inside a member of the data union. */
export const MEMBER = { data: 1, zoneData: 2, scale: 2 } as const

/** Members of the union that holds a vector's values. */
export const DATA = {
  boolData: 1,
  int32Data: 2,
  int64Data: 3,
  dateData: 4,
  float32Data: 5,
  float64Data: 6,
  varcharData: 7,
  boolConstantData: 8,
  dateConstantData: 9,
  nullConstantData: 10,
  numericConstantData: 11,
  numericDecimalConstantData: 12,
  temporalIntervalConstantData: 13,
  timeConstantData: 14,
  varcharConstantData: 15,
  timeData: 16,
  decimal128Data: 17,
  numericDecimal128ConstantData: 18,
} as const
