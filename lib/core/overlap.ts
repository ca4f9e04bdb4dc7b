/** Whether a target holds old and new at the same time, and what follows where it cannot. */
export type Overlap =
  /** `indistinct`: both are valid at one login, and no session shows which of them it used. */
  | { readonly kind: 'dual'; readonly indistinct?: true }
  | {
      readonly kind: 'single';
      readonly maxGapSeconds: number;
      /** The old value dies when the new one is made, and nobody can bring it back: from then on there is only forward. */
      readonly oneWay?: true;
    };
