"""What the suite checks and how it reports: the OpenAPI document, the rules, the verdicts and the contracts' marks."""
