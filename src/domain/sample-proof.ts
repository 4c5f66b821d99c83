import { type ChangeOperation } from './vocabulary';

/** A member of the sample: an identifier as the plan holds it, and what was done to it. */
export interface SampleMember {
  id: string;
  operation: ChangeOperation;
}

/** A profile as reading back shows it. */
export interface SeenProfile {
  customAttributes: Readonly<Record<string, unknown>>;
}

type Finding = 'unread' | 'seen' | 'late' | 'notInBraze';

/** What a sample is held against. */
export interface ProofTerms {
  attribute: string;
  value: string;
  /** Values that the attribute can hold, where that is known. */
  cap?: number | undefined;
  /** Whether the run may have created profiles: one that is not there yet is then waited for. */
  createProfiles: boolean;
}

/** What a sample proves, as more and more of it is read. */
export class SampleProof {
  private readonly findings = new Map<string, Finding>();
  private readonly members: ReadonlyMap<string, SampleMember>;
  private readonly attribute: string;
  private readonly value: string;
  private readonly cap: number | undefined;
  private readonly createProfiles: boolean;
  private readonly full = new Set<string>();

  constructor(members: readonly SampleMember[], { attribute, value, cap, createProfiles }: ProofTerms) {
    this.members = new Map(members.map((member) => [member.id, member]));
    this.attribute = attribute;
    this.value = value;
    this.cap = cap;
    this.createProfiles = createProfiles;
    for (const { id } of members) this.findings.set(id, 'unread');
  }

  /**
   * Takes in what Braze shows of one member; no profile means that Braze knows none. Where an identifier finds several
   * profiles, one that holds the value decides: Braze has changed one of them, and nobody can say which.
   */
  see(id: string, profiles: readonly SeenProfile[]): void {
    const member = this.members.get(id);
    if (!member) return;
    if (profiles.length === 0) {
      this.findings.set(id, 'notInBraze');
      return;
    }
    const lists = profiles.map((profile) => this.valuesOf(profile));
    if (lists.some((list) => this.cap !== undefined && list.length >= this.cap)) this.full.add(id);
    const holds = lists.some((list) => list.includes(this.value));
    this.findings.set(id, holds === (member.operation === 'add') ? 'seen' : 'late');
  }

  private valuesOf({ customAttributes }: SeenProfile): unknown[] {
    const values = customAttributes[this.attribute];
    return Array.isArray(values) ? values : [];
  }

  /** Members that are worth another look: not read yet, without their change so far, or perhaps still to be created. */
  pending(): string[] {
    return [...this.findings].filter(([id, finding]) => this.isOpen(id, finding)).map(([id]) => id);
  }

  private isOpen(id: string, finding: Finding): boolean {
    if (finding === 'notInBraze') return this.createProfiles && this.members.get(id)?.operation === 'add';
    return finding === 'unread' || finding === 'late';
  }

  /** n read back, k match; a leaver that Braze does not know holds nothing, which is what was wanted. */
  result(): { checked: number; matching: number; late: number; notInBraze: number; atCap: number } {
    const counts = { checked: 0, matching: 0, late: 0, notInBraze: 0, atCap: this.full.size };
    for (const [id, finding] of this.findings) {
      if (finding === 'unread') continue;
      counts.checked += 1;
      if (finding === 'seen') counts.matching += 1;
      else if (finding === 'late') counts.late += 1;
      else if (this.members.get(id)?.operation === 'remove') counts.matching += 1;
      else counts.notInBraze += 1;
    }
    return counts;
  }

  /** What the next run has to know. */
  corrections(): { id: string; operation: ChangeOperation; finding: 'notInBraze' | 'late' }[] {
    return [...this.findings].flatMap(([id, finding]) => {
      const operation = this.members.get(id)?.operation;
      return operation && (finding === 'late' || finding === 'notInBraze')
        ? [{ id, operation, finding }]
        : [];
    });
  }
}
