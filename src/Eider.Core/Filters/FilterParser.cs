// Grammar of filter expressions, by recursive descent: or, and, not, condition.

namespace Eider.Core.Filters;

internal sealed class FilterParser
{
    /// <summary>Filters also come from the API: what they may cost is bounded here.</summary>
    private const int MaxLength = 8192;

    private const int MaxDepth = 32;

    private readonly List<FilterToken> _tokens;
    private int _next;
    private int _depth;

    public FilterParser(string text)
    {
        if (text.Length > MaxLength)
        {
            throw new FilterException(MaxLength + 1, $"the filter is longer than {MaxLength} characters", "shorten it");
        }

        _tokens = FilterTokens.Read(text);
    }

    private FilterToken Current => _tokens[_next];

    public Predicate<DnsEvent> Parse()
    {
        var condition = ParseOr();
        return Current.Kind switch
        {
            FilterTokenKind.End => condition,
            FilterTokenKind.Close => throw Unexpected("an unmatched \")\"", "remove it or open it before"),
            FilterTokenKind.Word => throw Unexpected($"\"{Current.Text}\" where the filter could end", "join conditions with \"and\" or \"or\"; quote a value that has a space in it"),
            _ => throw Unexpected($"\"{Current.Text}\" where the filter could end", "join conditions with \"and\" or \"or\""),
        };
    }

    private Predicate<DnsEvent> ParseOr()
    {
        var left = ParseAnd();
        while (Take(FilterTokenKind.Or))
        {
            var (first, second) = (left, ParseAnd());
            left = dns => first(dns) || second(dns);
        }

        return left;
    }

    private Predicate<DnsEvent> ParseAnd()
    {
        var left = ParseNot();
        while (Take(FilterTokenKind.And))
        {
            var (first, second) = (left, ParseNot());
            left = dns => first(dns) && second(dns);
        }

        return left;
    }

    private Predicate<DnsEvent> ParseNot()
    {
        if (++_depth > MaxDepth)
        {
            throw Unexpected($"more than {MaxDepth} levels of \"not\" and parentheses", "write it flatter");
        }

        Predicate<DnsEvent> condition;
        if (Take(FilterTokenKind.Not))
        {
            var inner = ParseNot();
            condition = dns => !inner(dns);
        }
        else if (Take(FilterTokenKind.Open))
        {
            condition = ParseOr();
            if (!Take(FilterTokenKind.Close))
            {
                throw Unexpected($"{Current.Text} where \")\" is missing", "close the parenthesis");
            }
        }
        else
        {
            condition = ParseCondition();
        }

        _depth--;
        return condition;
    }

    private Predicate<DnsEvent> ParseCondition()
    {
        var field = Current;
        if (field.Kind != FilterTokenKind.Word)
        {
            throw Unexpected($"{Described(field)} where a field is expected", "write e.g. name=*.example.com");
        }

        var meaning = FilterFields.Find(field);
        _next++;
        var comparison = Current;
        if (!Take(FilterTokenKind.Comparison))
        {
            throw Unexpected($"{Described(comparison)} where a comparison is expected", $"write e.g. {meaning.Example}");
        }

        if (comparison.Text is not ("=" or "!=") && !meaning.IsOrdered)
        {
            throw new FilterException(comparison.Column, $"\"{meaning.Name}\" cannot be compared by \"{comparison.Text}\"", "use = or !=");
        }

        var any = ParseValue(meaning, comparison);
        while (Take(FilterTokenKind.Comma))
        {
            var (first, second) = (any, ParseValue(meaning, comparison));
            any = dns => first(dns) || second(dns);
        }

        var chosen = any;
        return comparison.Text == "!=" ? dns => !chosen(dns) : chosen;
    }

    private Predicate<DnsEvent> ParseValue(FilterField field, FilterToken comparison)
    {
        if (Current.Kind is FilterTokenKind.Word or FilterTokenKind.Quoted)
        {
            return field.Compile(comparison.Text, _tokens[_next++]);
        }

        throw Unexpected($"{Described(Current)} where a value is expected", $"write e.g. {field.Example}");
    }

    private bool Take(FilterTokenKind kind)
    {
        if (Current.Kind != kind)
        {
            return false;
        }

        _next++;
        return true;
    }

    private FilterException Unexpected(string what, string mend) => new(Current.Column, what, mend);

    private static string Described(FilterToken token) => token.Kind == FilterTokenKind.End ? token.Text : $"\"{token.Text}\"";
}
