import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderOpenApi } from '../src/gateway/api/open-api';

/** `docs/openapi.json`: the HTTP API as the gateway describes it. */
export function renderOpenApiFile(): string {
  return `${JSON.stringify(renderOpenApi(), null, 2)}\n`;
}

if (require.main === module) writeFileSync(join(process.cwd(), 'docs', 'openapi.json'), renderOpenApiFile());
