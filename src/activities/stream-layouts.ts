import { type Outcome } from '../contract/errors';
import { type StreamLayouts } from '../contract/stream';
import { valueOf } from './failure';

/** The streams in the database. */
export interface StreamLayoutPorts {
  read(integration: string): Promise<Outcome<StreamLayouts>>;
  setShards(integration: string, shards: number): Promise<Outcome<StreamLayouts>>;
}

/** Activities about how streams are divided. */
export function createStreamActivities(ports: StreamLayoutPorts) {
  return {
    /** Safe to retry: it reads. Bounded by its time-out. Reads fresh: the stream's layouts. */
    async readStreamLayouts({ integration }: { integration: string }): Promise<StreamLayouts> {
      return valueOf(await ports.read(integration));
    },

    /** Safe to retry: asked for the number that the stream has, it changes nothing. Bounded by its time-out. Reads fresh: the layout. */
    async setStreamShards(request: { integration: string; shards: number }): Promise<StreamLayouts> {
      return valueOf(await ports.setShards(request.integration, request.shards));
    },
  };
}
