/** Pod names as kubelets put them into labels (docker) and annotations (CRI engines). */
import { given } from './engine.ts';

type Labels = Readonly<Record<string, string>>;

export function podLabels(labels: Labels) {
  const id = labels['io.kubernetes.pod.uid'] ?? labels['io.kubernetes.cri.sandbox-uid'];
  const name = labels['io.kubernetes.pod.name'] ?? labels['io.kubernetes.cri.sandbox-name'];
  const namespace = labels['io.kubernetes.pod.namespace'] ?? labels['io.kubernetes.cri.sandbox-namespace'];
  const type =
    labels['io.kubernetes.docker.type'] ??
    labels['io.kubernetes.cri.container-type'] ??
    labels['io.kubernetes.cri-o.ContainerType'];
  const isPodSandbox = type === undefined ? undefined : type === 'podsandbox' || type === 'sandbox';
  const pod =
    id === undefined && name === undefined
      ? undefined
      : { ...given('id', id), ...given('name', name), ...given('namespace', namespace) };
  return { ...given('pod', pod), ...given('isPodSandbox', isPodSandbox) };
}
