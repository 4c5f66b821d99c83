import { success, type Outcome } from '../../contract/errors';
import {
  ADDRESS_SCHEMAS,
  integrationQuerySchema,
  versionQuerySchema,
} from '../../contract/schemas/http-streaming';
import { parseInput, strictObject } from '../../contract/schemas/parse-input';
import { parseSegment } from '../../contract/schemas/segment';
import { type SegmentVersion } from '../../contract/segment';
import { recordedAs } from './callers';
import { answered, knownIntegration, type ApiAnswer, type ApiCall } from './handler';
import { type SEGMENT_OPERATIONS } from './segment-operations';
import { type SegmentBook, type StreamServices } from './streaming';

/** Does what an operation on segments says. */
type Handler = (
  call: ApiCall,
  services: Pick<StreamServices, 'segments' | 'knowsIntegration'>,
) => Promise<Outcome<ApiAnswer>>;

const addressSchema = strictObject({
  integration: ADDRESS_SCHEMAS.integration,
  segment: ADDRESS_SCHEMAS.segment,
});

/** One handler for each operation on segments. */
export const SEGMENT_HANDLERS: Record<keyof typeof SEGMENT_OPERATIONS, Handler> = {
  async listSegments({ query }, { segments, knowsIntegration }) {
    const wanted = parseInput(integrationQuerySchema, query, 'The query');
    if (!wanted.ok) return wanted;
    const listed = await segments.list(wanted.value.integration);
    if (!listed.ok) return listed;
    // Segments may be saved before their integration is set up.
    if (listed.value.length === 0) {
      const known = await knownIntegration(wanted.value.integration, { knowsIntegration });
      if (!known.ok) return known;
    }
    return success({ body: { segments: listed.value } });
  },
  async saveSegment({ caller, body }, { segments }) {
    const segment = parseSegment(body);
    if (!segment.ok) return segment;
    return answered(await segments.save(segment.value, recordedAs(caller, undefined)));
  },
  async previewUnsavedSegment({ body }, { segments }) {
    const segment = parseSegment(body);
    return segment.ok ? answered(await segments.preview(segment.value)) : segment;
  },
  getSegment: async (call, { segments }) => answered(await savedSegment(call, segments)),
  async previewSegment(call, { segments }) {
    const saved = await savedSegment(call, segments);
    return saved.ok ? answered(await segments.preview(saved.value)) : saved;
  },
};

async function savedSegment(
  { params, query }: ApiCall,
  segments: SegmentBook,
): Promise<Outcome<SegmentVersion>> {
  const named = parseInput(addressSchema, params, 'The address');
  if (!named.ok) return named;
  const wanted = parseInput(versionQuerySchema, query, 'The query');
  if (!wanted.ok) return wanted;
  return segments.show(named.value.integration, named.value.segment, wanted.value.version);
}
