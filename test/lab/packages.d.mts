export declare const packages: readonly (readonly [name: string, proof: string])[];
export declare function missingPackages(): string[];
export declare function installPackages(): void;
export declare const machinePackages: readonly (readonly [name: string, proof: string])[];
export declare function installMachinePackages(): void;
