/** Reads the interfaces and enumerations of a declaration file that OpenAPI Generator wrote. Syntax only: no type checker, so it is quick. */

import ts from 'typescript'

export interface Property {
  name: string
  optional: boolean
  doc: string
  type: ts.TypeNode
}

export interface Declarations {
  interfaces: Map<string, { doc: string; properties: Property[] }>
  /** Enumeration name to its values, in the order written. */
  enums: Map<string, string[]>
}

export function parseDeclarations(fileName: string, text: string): Declarations {
  const source = ts.createSourceFile(fileName, text, ts.ScriptTarget.ESNext, false)
  const found: Declarations = { interfaces: new Map(), enums: new Map() }
  for (const statement of source.statements) {
    if (ts.isInterfaceDeclaration(statement)) {
      found.interfaces.set(statement.name.text, {
        doc: docOf(statement, source),
        properties: statement.members.filter(ts.isPropertySignature).flatMap((member) => {
          if (member.type === undefined) return []
          const name = propertyName(member.name)
          if (name === undefined) return []
          return [{ name, optional: member.questionToken !== undefined, doc: docOf(member, source), type: member.type }]
        }),
      })
    } else if (ts.isEnumDeclaration(statement)) {
      found.enums.set(
        statement.name.text,
        statement.members.flatMap((member) =>
          member.initializer !== undefined && ts.isStringLiteral(member.initializer) ? [member.initializer.text] : [],
        ),
      )
    } else if (ts.isVariableStatement(statement)) {
      for (const declaration of statement.declarationList.declarations) readConstantEnum(declaration, found.enums)
    }
  }
  return found
}

/** `declare const PullPolicyEnum: { readonly Always: "Always" }`, the other way the generator writes an enumeration. */
function readConstantEnum(declaration: ts.VariableDeclaration, enums: Map<string, string[]>): void {
  const { name, type } = declaration
  if (!ts.isIdentifier(name) || !name.text.endsWith('Enum') || type === undefined || !ts.isTypeLiteralNode(type)) return
  enums.set(
    name.text,
    type.members.flatMap((member) =>
      ts.isPropertySignature(member) &&
      member.type !== undefined &&
      ts.isLiteralTypeNode(member.type) &&
      ts.isStringLiteral(member.type.literal)
        ? [member.type.literal.text]
        : [],
    ),
  )
}

function propertyName(name: ts.PropertyName): string | undefined {
  return ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : undefined
}

/** The text of the last doc comment before the node, without tags; paragraphs stay apart. */
function docOf(node: ts.Node, source: ts.SourceFile): string {
  const ranges = ts.getLeadingCommentRanges(source.text, node.pos) ?? []
  const last = ranges.at(-1)
  if (last === undefined) return ''
  const lines = source.text
    .slice(last.pos, last.end)
    .replace(/^\/\*\*?/, '')
    .replace(/\*\/$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd())
  const firstTag = lines.findIndex((line) => line.startsWith('@'))
  return (firstTag < 0 ? lines : lines.slice(0, firstTag)).join('\n').trim()
}
