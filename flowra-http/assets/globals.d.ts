declare const htmx: { process(element: Element): void; ajax(verb: string, path: string, context: object): Promise<void> };
declare const Alpine: { data(name: string, component: () => object): void };
