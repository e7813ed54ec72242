"""What is checked: the OpenAPI document, the rules, verdicts and markers."""
