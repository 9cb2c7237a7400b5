// The parts of an event in words, escaped for a terminal: what compact lines, tables and summaries are made of.

using System.Globalization;
using Eider.Core;
using Eider.Core.Decode;

namespace Eider.Output;

internal static class EventText
{
    public const string Nothing = "-";

    public static string Name(DnsEvent dns) => dns.Name is { } name ? TerminalText.Escape(name) : Nothing;

    public static string Type(DnsEvent dns) => dns.QueryType is { } type ? RecordType.Name(type) : Nothing;

    public static string Pid(DnsEvent dns) => dns.Identity.Process is { } process ? process.Pid.ToString(CultureInfo.InvariantCulture) : Nothing;

    public static string Comm(DnsEvent dns) => dns.Identity.Process is { } process ? TerminalText.Escape(process.Comm) : Nothing;

    /// <summary><c>curl[1234]</c>.</summary>
    public static string Process(DnsEvent dns) => dns.Identity.Process is { } process
        ? string.Create(CultureInfo.InvariantCulture, $"{TerminalText.Escape(process.Comm)}[{process.Pid}]")
        : Nothing;

    /// <summary>The pod, else the container, else the unit, else the user; empty when none is known.</summary>
    public static string Workload(DnsEvent dns) => dns.Identity switch
    {
        { Pod: { Name: { } name } pod } => TerminalText.Escape($"{pod.Namespace}/{name}"),
        { Pod: { } pod } => TerminalText.Escape($"pod {pod.Uid}"),
        { ContainerId: { } id } => TerminalText.Escape($"container {(id.Length > 12 ? id[..12] : id)}"),
        { Unit: { } unit } => TerminalText.Escape(unit),
        { User: { } user } => TerminalText.Escape(user.Name ?? string.Create(CultureInfo.InvariantCulture, $"uid {user.Uid}")),
        _ => "",
    };

    /// <summary>The data of the answers that have the type asked for, else of all, e.g. <c>192.0.2.7 +1</c>; <c>-</c> when there are none.</summary>
    public static string Answers(DnsEvent dns)
    {
        var answers = AnswerRecord.ReadAll(dns.Message.Span);
        if (answers.Count == 0)
        {
            return Nothing;
        }

        var first = answers.Find(answer => answer.Type == dns.QueryType) ?? answers[0];
        var data = TerminalText.Escape(first.Type == dns.QueryType ? first.Data : $"{RecordType.Name(first.Type)} {first.Data}");
        return answers.Count == 1 ? data : string.Create(CultureInfo.InvariantCulture, $"{data} +{answers.Count - 1}");
    }

    /// <summary><c>compression loop at 12</c>.</summary>
    public static string Fault(Malformed malformed) => string.Create(CultureInfo.InvariantCulture, $"{TerminalText.Escape(malformed.What)} at {malformed.Offset}");
}
