// Events as JSON, continued: who is behind them.

using Eider.Core;

namespace Eider.Output;

public sealed partial class JsonFormat
{
    private void WriteIdentity(Identity identity)
    {
        if (identity.Process is { } process)
        {
            WriteProcess(process);
        }

        if (identity.User is { } user)
        {
            _json.WriteStartObject("user"u8);
            _json.WriteNumber("uid"u8, user.Uid);
            WriteOptional("name"u8, user.Name);
            _json.WriteEndObject();
        }

        if (identity.Cgroup is { } cgroup)
        {
            _json.WriteStartObject("cgroup"u8);
            _json.WriteNumber("id"u8, cgroup.Id);
            WriteOptional("path"u8, cgroup.Path);
            _json.WriteEndObject();
        }

        WriteOptional("unit"u8, identity.Unit);
        if (identity.ContainerId is { } container)
        {
            _json.WriteStartObject("container"u8);
            _json.WriteString("id"u8, container);
            _json.WriteEndObject();
        }

        if (identity.Pod is { } pod)
        {
            WritePod(pod);
        }
    }

    private void WriteProcess(ProcessInfo process)
    {
        _json.WriteStartObject("process"u8);
        _json.WriteNumber("pid"u8, process.Pid);
        _json.WriteString("start_time"u8, Rfc3339.Format(Rfc3339.ToUnixNs(process.StartTime)));
        WriteOptional("exe"u8, process.Exe);
        _json.WriteString("comm"u8, process.Comm);
        WriteOptional("cmdline"u8, process.CommandLine);
        _json.WriteStartArray("parents"u8);
        foreach (var parent in process.Parents)
        {
            _json.WriteStartObject();
            _json.WriteNumber("pid"u8, parent.Pid);
            _json.WriteString("comm"u8, parent.Comm);
            WriteOptional("exe"u8, parent.Exe);
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
        _json.WriteEndObject();
    }

    private void WritePod(PodInfo pod)
    {
        _json.WriteStartObject("pod"u8);
        _json.WriteString("uid"u8, pod.Uid);
        WriteOptional("namespace"u8, pod.Namespace);
        WriteOptional("name"u8, pod.Name);
        if (pod.Labels is { } labels)
        {
            _json.WriteStartObject("labels"u8);
            foreach (var (key, value) in labels)
            {
                _json.WriteString(key, value);
            }

            _json.WriteEndObject();
        }

        _json.WriteEndObject();
    }
}
