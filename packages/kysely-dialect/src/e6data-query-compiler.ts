import { ParameterError } from 'e6data-connector'
import { type ColumnDefinitionNode, DefaultQueryCompiler, type InsertQueryNode, type SelectModifierNode } from 'kysely'
import { engineLacks } from './engine-lacks.ts'

/** Characters that must be escaped in a literal of the engine's dialect, where the backslash escapes. */
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '\r': '\\r',
  '\n': '\\n',
  '\t': '\\t',
}

/**
 * Writes queries in the engine's dialect: identifiers in double quotes, values as `?` for the connector to fill in, and
 * literals (`sql.lit`) with the backslash as the escape character.
 */
export class E6dataQueryCompiler extends DefaultQueryCompiler {
  protected override getCurrentParameterPlaceholder(): string {
    return '?'
  }

  protected override sanitizeStringLiteral(value: string): string {
    if (value.includes('\0') || /\p{Surrogate}/u.test(value)) {
      throw new ParameterError(
        'a literal contains a NUL character or half of a surrogate pair, which a statement cannot contain',
      )
    }
    return value.replace(/[\\'\r\n\t]/g, (char) => ESCAPES[char]!)
  }

  /** Escapes twice: for the path, whose names are in double quotes, and for the literal around the path. */
  protected override sanitizeJSONPathMemberValue(value: string): string {
    return this.sanitizeStringLiteral(value.replace(/["\\]/g, '\\$&'))
  }

  protected override appendImmediateValue(value: unknown): void {
    if (typeof value === 'number' || typeof value === 'bigint') this.append(numberLiteral(value))
    else if (value instanceof Date) this.append(timestampLiteral(value))
    else super.appendImmediateValue(value)
  }

  protected override visitSelectModifier(node: SelectModifierNode): void {
    if (node.modifier !== undefined && node.modifier !== 'Distinct') engineLacks('rowLock')
    super.visitSelectModifier(node)
  }

  protected override visitInsertQuery(node: InsertQueryNode): void {
    if (node.replace || node.orAction) engineLacks('upsert')
    super.visitInsertQuery(node)
  }

  protected override visitColumnDefinition(node: ColumnDefinitionNode): void {
    if (node.primaryKey || node.unique) engineLacks('key')
    if (node.autoIncrement || node.identity) engineLacks('autoIncrement')
    super.visitColumnDefinition(node)
  }

  protected override visitOnConflict(): void {
    engineLacks('upsert')
  }

  protected override visitOnDuplicateKey(): void {
    engineLacks('upsert')
  }

  protected override visitReturning(): void {
    engineLacks('returning')
  }

  protected override visitOutput(): void {
    engineLacks('returning')
  }

  protected override visitPrimaryKeyConstraint(): void {
    engineLacks('key')
  }

  protected override visitUniqueConstraint(): void {
    engineLacks('key')
  }

  protected override visitForeignKeyConstraint(): void {
    engineLacks('key')
  }

  protected override visitReferences(): void {
    engineLacks('key')
  }

  protected override visitCreateIndex(): void {
    engineLacks('index')
  }

  protected override visitDropIndex(): void {
    engineLacks('index')
  }

  protected override visitAddIndex(): void {
    engineLacks('index')
  }

  protected override visitCreateType(): void {
    engineLacks('enumType')
  }

  protected override visitDropType(): void {
    engineLacks('enumType')
  }
}

/** A parenthesized operand: a hyphen before a bare negative number would start a comment. */
function numberLiteral(value: number | bigint): string {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new ParameterError('a literal is not a finite number')
  }
  return value < 0 || Object.is(value, -0) ? `(${Object.is(value, -0) ? '-0e0' : value})` : String(value)
}

/** Date and time in UTC, as the connector writes them for parameters. */
function timestampLiteral(value: Date): string {
  if (Number.isNaN(value.getTime())) throw new ParameterError('a literal is an invalid Date')
  return `TIMESTAMP WITH TIME ZONE '${value.toISOString().replace('T', ' ').replace('Z', '+00:00')}'`
}
