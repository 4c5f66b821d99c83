import { z } from 'zod';

/** What the demo does with the sandbox beside what the engine does: filling it, and looking at all of it at the end. */
export interface DemoWorkspace {
  load(externalIds: readonly string[]): Promise<void>;
  /** Values of the attribute by external id, of every profile. */
  profiles(attribute: string): Promise<Map<string, string[]>>;
}

const profileSchema = z.object({
  external_id: z.string().optional(),
  custom_attributes: z.record(z.string(), z.unknown()).optional(),
});

/** A sandbox by its address. */
export function openWorkspace(url: string): DemoWorkspace {
  return {
    async load(externalIds) {
      const body = externalIds.map((id) => `${JSON.stringify({ external_id: id })}\n`).join('');
      await expectOk(await fetch(`${url}/_sandbox/profiles`, { method: 'POST', body }));
    },
    async profiles(attribute) {
      await expectOk(await fetch(`${url}/_sandbox/flush`, { method: 'POST' }));
      const dump = await expectOk(await fetch(`${url}/_sandbox/profiles`));
      const profiles = new Map<string, string[]>();
      for (const line of dump.split('\n').filter(Boolean)) {
        const profile = profileSchema.parse(JSON.parse(line));
        const values = profile.custom_attributes?.[attribute];
        const id = profile.external_id ?? `without external id ${profiles.size}`;
        profiles.set(id, Array.isArray(values) ? values.map(String) : []);
      }
      return profiles;
    },
  };
}

async function expectOk(response: Response): Promise<string> {
  const text = await response.text();
  if (!response.ok) throw new Error(`the sandbox answered ${response.status}: ${text.slice(0, 200)}`);
  return text;
}
