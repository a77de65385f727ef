// Asks the engine of VS Code's JSON editor about a document: node editor.js DOCUMENT SCHEMA
// In the document, each ¦ is a cursor. Its "$schema" is followed as the editor follows it; SCHEMA
// serves a document without one. Prints one JSON object: what is offered at each cursor, and what is
// wrong with the document without them.
const fs = require("fs");
const { pathToFileURL, fileURLToPath } = require("url");
const { getLanguageService, TextDocument } = require("vscode-json-languageservice");

async function main(file, schema) {
  const uri = pathToFileURL(file).href;
  const parts = fs.readFileSync(file, "utf8").split("¦");
  const document = TextDocument.create(uri, "json", 1, parts.join(""));
  const service = getLanguageService({
    schemaRequestService: async (uri) => fs.readFileSync(fileURLToPath(uri), "utf8"),
    workspaceContext: { resolveRelativePath: (path, from) => new URL(path, from).href },
  });
  service.configure({
    validate: true,
    schemas: [{ uri: pathToFileURL(schema).href, fileMatch: ["*.json"] }],
  });
  const parsed = service.parseJSONDocument(document);
  const problems = await service.doValidation(document, parsed);
  const offers = [];
  let offset = 0;
  for (const part of parts.slice(0, -1)) {
    offset += part.length;
    const found = await service.doComplete(document, document.positionAt(offset), parsed);
    offers.push(found.items.map((item) => item.label));
  }
  console.log(JSON.stringify({ offers, problems: problems.map((each) => each.message) }));
}

main(...process.argv.slice(2));
