/** Default number of orders. */
export const DEFAULT_ORDER_ROWS = 1_000_000

/**
 * The statements that create the built-in data: a small retail company. They are deterministic, so that two engines
 * that run them have the same rows. `orders` has a column of every type the engine knows, most of them with nulls.
 */
export function retailStatements(orderRows: number): readonly string[] {
  const customers = Math.max(1, Math.floor(orderRows / 20))
  return [
    // 63 well-mixed bits of a row number; the salt makes columns independent. DuckDB joins the hashes of two values by
    // XOR, which would keep the same rows together for every salt, so the hash is hashed again.
    'CREATE OR REPLACE TEMP MACRO mix(i, salt) AS (hash(hash(i, salt)) >> 1)::BIGINT',

    `CREATE TABLE regions AS
     SELECT (i + 1)::SMALLINT AS region_id, ['north', 'south', 'east', 'west', 'centre', '東', 'île', '🏝️'][i + 1] AS name
     FROM range(8) t(i)`,

    `CREATE TABLE stores AS
     SELECT (i + 1)::SMALLINT AS store_id, 'Store ' || (i + 1) AS name, (i % 8 + 1)::SMALLINT AS region_id,
            date '2001-01-01' + (i * 37 % 9000)::INTEGER AS opened_on,
            ['Z', '+05:30', '-03:30', 'America/New_York', 'Asia/Tokyo'][i % 5 + 1] AS time_zone
     FROM range(200) t(i)`,

    `CREATE TABLE products AS
     SELECT (i + 1)::INTEGER AS product_id, 'Product ' || (i + 1) AS name,
            ['tools', 'toys', 'books', 'garden 🌱', 'music 🎵'][i % 5 + 1] AS category,
            (1 + mix(i, 0) % 50000 / 100.0)::DECIMAL(10, 2) AS price, (mix(i, 1) % 9000 / 1000.0)::FLOAT AS weight_kg,
            CASE WHEN i % 11 = 0 THEN NULL ELSE encode('sku-' || i) END AS barcode
     FROM range(2000) t(i)`,

    `CREATE TABLE customers AS
     SELECT (i + 1)::INTEGER AS customer_id, 'Customer ' || (i + 1) AS name, (18 + mix(i, 0) % 70)::TINYINT AS age,
            (i % 8 + 1)::SMALLINT AS region_id, CASE WHEN i % 13 = 0 THEN NULL ELSE i % 3 = 0 END AS newsletter,
            make_timestamp(1420070400000000 + mix(i, 2) % 300000000000000) AS joined_at
     FROM range(${customers}) t(i)`,

    `CREATE TABLE orders AS
     SELECT
       i AS order_id,
       (mix(i, 1) % ${customers} + 1)::INTEGER AS customer_id,
       (mix(i, 2) % 2000 + 1)::INTEGER AS product_id,
       (mix(i, 3) % 200 + 1)::SMALLINT AS store_id,
       (mix(i, 4) % 12 + 1)::TINYINT AS quantity,
       ['north', 'south', 'east', 'west', 'centre', '東', 'île', '🏝️'][mix(i, 5) % 8 + 1] AS region,
       ['placed', 'paid', 'shipped', 'returned'][mix(i, 6) % 4 + 1] AS status,
       mix(i, 7) - 4611686018427387904 AS reference,
       (mix(i, 8) % 10000000 / 100.0)::DECIMAL(18, 2) AS amount,
       (mix(i, 10)::HUGEINT * 1000003 + i)::DECIMAL(38, 6) * CASE WHEN i % 3 = 0 THEN -1 ELSE 1 END + 0.000001 AS amount_exact,
       CASE WHEN i % 7 = 0 THEN NULL ELSE mix(i, 11) / 9223372036854775807.0 END AS discount,
       (mix(i, 12) % 90000 / 1000.0)::FLOAT AS weight_kg,
       CASE WHEN i % 17 = 0 THEN NULL ELSE mix(i, 13) % 2 = 0 END AS express,
       date '2020-01-01' + (mix(i, 14) % 2500)::INTEGER AS ordered_on,
       make_timestamp(1577836800000000 + mix(i, 15) % 216000000000000) AS ordered_at,
       CASE WHEN i % 5 = 0 THEN NULL
            ELSE make_timestamptz(1577923200000000 + mix(i, 16) % 216000000000000) END AS shipped_at,
       CASE WHEN i % 9 = 0 THEN NULL ELSE {
         'instant': make_timestamptz(1578009600000000 + mix(i, 17) % 216000000000000),
         'zone': ['Z', '+05:30', '-03:30', 'America/New_York', 'Asia/Tokyo'][mix(i, 18) % 5 + 1] } END AS delivered_at,
       CASE WHEN i % 4 = 0 THEN NULL
            ELSE ['gift 🎁', 'O''Brien said "hi"', 'back\\slash', 'naïve café', '𝔘nicode 𐍈', ''][mix(i, 19) % 6 + 1] END AS note,
       CASE WHEN i % 6 = 0 THEN NULL ELSE unhex(printf('%016x', mix(i, 20))) END AS receipt,
       CASE WHEN i % 8 = 0 THEN NULL ELSE list_slice(['new', 'sale', 'vip', '🎉'], 1, mix(i, 21) % 5) END AS tags,
       {'city': 'City ' || mix(i, 22) % 500, 'zip': (mix(i, 22) % 99999)::INTEGER, 'express_fee': (mix(i, 23) % 999 / 100.0)::DECIMAL(5, 2)} AS address,
       MAP(['points', 'visits'], [mix(i, 24), mix(i, 25) % 50]) AS loyalty
     FROM range(${orderRows}) t(i)`,

    `CREATE TABLE returns AS
     SELECT order_id, ordered_on + 14 AS returned_on, amount AS refund,
            ['damaged', 'late', 'changed my mind'][mix(order_id, 30) % 3 + 1] AS reason
     FROM orders WHERE order_id % 50 = 7`,
  ]
}
