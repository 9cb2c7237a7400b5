// Replies, and the parts of a policy that are about servers, rates and answers.

using System.Globalization;
using System.Text.Json.Nodes;
using Eider.Core.Config;

namespace Eider.Core.Policy.Language;

internal static class ServerSyntax
{
    private const int MaxResolvers = 256;
    private const int MaxInternal = 1024;
    private const ushort DnsPort = 53;
    private const int MaxBurst = 1_000_000;

    private static readonly Syntax<IpAddress> V4 = Address("an IPv4 address", address => address.IsV4);

    private static readonly Syntax<IpAddress> V6 = Address("an IPv6 address", address => !address.IsV4);

    private static readonly Syntax<IpAddress> Server = Address("the address of a server", IsServer);

    public static readonly Syntax<IReadOnlyList<Placed<IpAddress>>> Resolvers = Values.List("addresses", Server, MaxResolvers);

    public static readonly ObjectSyntax<Reply> ReplyObject = new(
        "a reply",
        [
            Field<Reply>.Of("kind", Values.Word<ReplyKind>(), "What is answered.", (target, kind) => target with { Kind = kind }, required: true),
            Field<Reply>.Of("v4", V4, "Of a `sinkhole`: the answer to A. Without it, A gets no data.", (target, address) => target with { V4 = address }),
            Field<Reply>.Of("v6", V6, "Of a `sinkhole`: the answer to AAAA. Without it, AAAA gets no data.", (target, address) => target with { V6 = address }),
            Field<Reply>.Of("extendedError", Values.Count(0, ushort.MaxValue - 1), "Code of the extended error (RFC 8914) that goes with it.",
                (target, code) => target with { ExtendedError = (ushort)code }, fallback: "by reason, see [Replies](#replies)"),
        ],
        CheckReply)
    {
        MendWord = word => Enum.GetValues<ReplyKind>().Any(kind => Values.WordOf(kind) == word) ? $"did you mean {{kind: {word}}}?" : null,
    };

    public static readonly Syntax<Reply> Reply = ReplyObject.From(_ => Policy.Reply.Nxdomain);

    internal static readonly Syntax<Endpoint> Target = EndpointOf(
        $"an address with or without a port, such as 10.0.0.53:{DnsPort} or [2001:db8::53]:{DnsPort}", _ => true);

    public static readonly ObjectSyntax<Redirect> RedirectObject = new(
        "a redirect",
        [
            Field<Redirect>.Of("v4", EndpointOf($"an IPv4 address, with or without a port", address => address.IsV4),
                "Asked in place of servers with IPv4 addresses.", (target, endpoint) => target with { V4 = endpoint }),
            Field<Redirect>.Of("v6", EndpointOf($"an IPv6 address, with or without a port", address => !address.IsV4),
                "Asked in place of servers with IPv6 addresses.", (target, endpoint) => target with { V6 = endpoint }),
        ],
        (redirect, mapping, found) =>
        {
            if (mapping.Entries.Count == 0)
            {
                found.Error(mapping.At, "the redirect leads nowhere", "give \"v4\", \"v6\" or both");
            }

            return redirect;
        })
    {
        Constrain = schema => schema["minProperties"] = 1,
    };

    public static readonly Syntax<Redirect> Redirect = new(
        $"{Target.Name}, or {RedirectObject.Name}",
        () => new JsonObject { ["oneOf"] = new JsonArray(Target.Schema(), RedirectObject.Schema()) },
        (node, found) => node is YamlMapping
            ? RedirectObject.From(_ => new Redirect(null, null)).Read(node, found)
            : Target.As(endpoint => endpoint.Address.IsV4 ? new Redirect(endpoint, null) : new Redirect(null, endpoint)).Read(node, found));

    public static readonly ObjectSyntax<RateLimit> RateLimitObject = new(
        "a rate limit",
        [
            Field<RateLimit>.Of("queriesPerSecond", Values.Number(0.01, MaxBurst), "On average.", (target, rate) => target with { QueriesPerSecond = rate }, required: true),
            Field<RateLimit>.Of("burst", Values.Count(1, MaxBurst), "At once.",
                (target, burst) => target with { Burst = burst }, fallback: "queriesPerSecond, rounded up"),
            Field<RateLimit>.Of("per", Values.Word<RatePer>(), "Who has the rate: all processes of a workload together, or each.",
                (target, per) => target with { Per = per }, fallback: Values.WordOf(NoRate.Per)),
            Field<RateLimit>.Of("over", Values.Word([.. Enum.GetValues<ReplyKind>().Where(kind => kind != ReplyKind.Sinkhole).Select(kind => (Values.WordOf(kind), kind))]),
                "What queries past the rate are answered.", (target, kind) => target with { Over = new Reply(kind) }, fallback: Values.WordOf(NoRate.Over.Kind)),
        ],
        (rate, mapping, _) => mapping["burst"] is null ? rate with { Burst = Math.Max(1, (int)Math.Ceiling(rate.QueriesPerSecond)) } : rate)
    {
        MendWord = word => double.TryParse(word, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _) ? $"did you mean {{queriesPerSecond: {word}}}?" : null,
    };

    public static readonly Syntax<RateLimit> RateLimit = RateLimitObject.From(_ => NoRate);

    public static readonly ObjectSyntax<AnswersSpec> AnswersObject = new(
        "a treatment of answers",
        [
            Field<AnswersSpec>.Of("forged", Values.Word<ForgedAnswers>(), "Answers that the server asked did not send.",
                (target, value) => target with { Forged = value }, fallback: Values.WordOf(AnswersSpec.None.Forged)),
            Field<AnswersSpec>.Of("rebinding", Values.Word<RebindingAnswers>(), "Private addresses for public names.",
                (target, value) => target with { Rebinding = value }, fallback: Values.WordOf(AnswersSpec.None.Rebinding)),
            Field<AnswersSpec>.Of("internal", Values.List("names", NamePatternSyntax.Pattern, MaxInternal), "Names for which private addresses are right, for `rebinding: deny`.",
                (target, names) => target with { Internal = [.. names.Select(name => name.Value)] }),
            Field<AnswersSpec>.Of("aliases", Values.Word<AliasAnswers>(), "Aliases (CNAME, DNAME) of names that rules deny.",
                (target, value) => target with { Aliases = value }, fallback: Values.WordOf(AnswersSpec.None.Aliases)),
            Field<AnswersSpec>.Of("holdOn", Values.Word([("off", false), ("on", true)]), "Holds a suspicious early answer back while a better one may come.",
                (target, value) => target with { HoldOn = value }, fallback: "off"),
        ]);

    public static readonly Syntax<AnswersSpec> Answers = AnswersObject.From(_ => AnswersSpec.None);

    private static RateLimit NoRate => new(0, 0, RatePer.Workload, Policy.Reply.Refused);

    private static Reply CheckReply(Reply reply, YamlMapping mapping, Diagnostics found)
    {
        var kind = (mapping["kind"] as YamlScalar)?.Text;
        var address = mapping["v4"] ?? mapping["v6"];
        if (kind == "sinkhole" && address is null)
        {
            found.Error(mapping.At, "a sinkhole needs an address", "give \"v4\", \"v6\" or both");
        }
        else if (kind != "sinkhole" && address is not null && kind is not null)
        {
            found.Error(address.At, $"the reply {YamlScalar.Quote(kind)} has no address", "write kind: sinkhole to answer with one");
        }

        return reply;
    }

    private static Syntax<IpAddress> Address(string name, Func<IpAddress, bool> accepts) => Values.Scalar<IpAddress>(
        name,
        () => new JsonObject { ["type"] = "string", ["pattern"] = "^[0-9A-Fa-f:.]+$" },
        text => TryParse(text, out var address) && accepts(address) ? new ConfigValue<IpAddress>(address) : null,
        text => TryParseEndpoint(text, out var endpoint) && accepts(endpoint.Address) ? $"leave the port out: \"{endpoint.Address}\"" : null);

    private static Syntax<Endpoint> EndpointOf(string name, Func<IpAddress, bool> accepts) => Values.Scalar<Endpoint>(
        name,
        () => new JsonObject { ["type"] = "string", ["pattern"] = @"^([0-9A-Fa-f:.]+|\[[0-9A-Fa-f:.]+\]:[0-9]{1,5})$" },
        text => TryParseEndpoint(text, out var endpoint) && IsServer(endpoint.Address) && accepts(endpoint.Address) ? new ConfigValue<Endpoint>(endpoint) : null);

    private static bool IsServer(IpAddress address) => !address.IsMulticast && address.ToString() is not ("0.0.0.0" or "::" or "255.255.255.255");

    private static bool TryParseEndpoint(string text, out Endpoint endpoint)
    {
        if (TryParse(text, out var address))
        {
            endpoint = new Endpoint(address, DnsPort);
            return true;
        }

        var colon = text.LastIndexOf(':');
        var host = colon < 0 ? "" : text[..colon];
        var isV6 = host.StartsWith('[') && host.EndsWith(']');
        var known = ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port != 0
            && TryParse(isV6 ? host[1..^1] : host, out address) && address.IsV4 != isV6;
        endpoint = new Endpoint(address, port);
        return known;
    }

    /// <summary>IPAddress.Parse takes numbers, octal, scopes and brackets as well, which are mistakes here.</summary>
    private static bool TryParse(string text, out IpAddress address) =>
        IpAddress.TryParse(text, out address)
        && (text.Contains(':') ? text.AsSpan().IndexOfAny('%', '[') < 0 : text == address.ToString());
}
