declare const htmx: { process(element: Element): void; ajax(verb: string, path: string, context: object): Promise<void> };
