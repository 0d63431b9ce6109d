/** Keywords for completion. */
export const KEYWORDS: readonly string[] =
  `ALL ALTER ANALYZE AND ANY AS ASC BETWEEN BY CASE CAST CREATE CROSS CURRENT_DATE CURRENT_TIMESTAMP DELETE DESC DESCRIBE
  DISTINCT DROP ELSE END EXCEPT EXISTS EXPLAIN EXTRACT FALSE FILTER FIRST FOLLOWING FROM FULL GROUP HAVING ILIKE IN INNER
  INSERT INTERSECT INTERVAL INTO IS JOIN LAST LATERAL LEFT LIKE LIMIT NATURAL NOT NULL NULLS OFFSET ON OR ORDER OUTER OVER
  PARTITION PRECEDING QUALIFY RANGE RIGHT ROLLUP ROW ROWS SELECT SET SHOW SOME TABLE THEN TRUE UNBOUNDED UNION UNNEST UPDATE
  USING VALUES VIEW WHEN WHERE WINDOW WITH`.split(/\s+/)

export const KEYWORD_SET: ReadonlySet<string> = new Set(KEYWORDS)

/** Functions for completion. */
export const FUNCTIONS: readonly string[] =
  `abs approx_count_distinct array_agg array_length avg ceil char_length coalesce concat contains corr count count_if
  current_date current_timestamp date_add date_diff date_format date_trunc dense_rank first_value floor format_date greatest
  ifnull lag last_value lead least left length listagg ln log lower lpad ltrim max min mod now ntile nullif percentile_cont
  power rank regexp_extract regexp_like regexp_replace replace right round row_number rpad rtrim sign split split_part sqrt
  stddev strpos substring sum to_char to_date to_timestamp trim truncate typeof upper variance week year month day hour
  minute second`.split(/\s+/)

/** Keywords that are followed by table names. */
export const TABLE_WORDS: ReadonlySet<string> = new Set(['FROM', 'JOIN', 'INTO', 'UPDATE', 'TABLE', 'DESCRIBE', 'DESC'])

/** Keywords that start a clause with column names. */
export const COLUMN_WORDS: ReadonlySet<string> = new Set([
  'SELECT',
  'WHERE',
  'ON',
  'USING',
  'BY',
  'HAVING',
  'SET',
  'QUALIFY',
  'VALUES',
  'LIMIT',
  'AND',
  'OR',
])
