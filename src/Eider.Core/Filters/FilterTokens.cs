// Splits a filter expression into words, operators and punctuation, each with its place.

using System.Buffers;
using System.Text;

namespace Eider.Core.Filters;

internal enum FilterTokenKind
{
    End,
    Word,
    Quoted,
    Comparison,
    Comma,
    Open,
    Close,
    And,
    Or,
    Not,
}

/// <param name="Column">From 1.</param>
internal readonly record struct FilterToken(FilterTokenKind Kind, string Text, int Column);

internal static class FilterTokens
{
    /// <summary>Characters that end a bare word; values with one of these in them are quoted.</summary>
    private static readonly SearchValues<char> Delimiters = SearchValues.Create(" \t\r\n()=!<>,\"'&|");

    public static List<FilterToken> Read(string text)
    {
        var tokens = new List<FilterToken>();
        for (var at = 0; ;)
        {
            while (at < text.Length && char.IsWhiteSpace(text[at]))
            {
                at++;
            }

            if (at == text.Length)
            {
                tokens.Add(new(FilterTokenKind.End, "the end", at + 1));
                return tokens;
            }

            tokens.Add(ReadOne(text, ref at));
        }
    }

    private static FilterToken ReadOne(string text, ref int at)
    {
        var rest = text.AsSpan(at);
        var start = at;
        var (kind, length) = rest switch
        {
            ['(', ..] => (FilterTokenKind.Open, 1),
            [')', ..] => (FilterTokenKind.Close, 1),
            [',', ..] => (FilterTokenKind.Comma, 1),
            ['&', '&', ..] => (FilterTokenKind.And, 2),
            ['|', '|', ..] => (FilterTokenKind.Or, 2),
            ['!' or '<' or '>' or '=', '=', ..] => (FilterTokenKind.Comparison, 2),
            ['=' or '<' or '>', ..] => (FilterTokenKind.Comparison, 1),
            ['!', ..] => (FilterTokenKind.Not, 1),
            ['"' or '\'', ..] => (FilterTokenKind.Quoted, 0),
            ['&' or '|', ..] => throw new FilterException(start + 1, $"a single \"{rest[0]}\"", $"write \"{(rest[0] == '&' ? "and" : "or")}\", or quote the value"),
            _ => (FilterTokenKind.Word, rest.IndexOfAny(Delimiters) is var end and >= 0 ? end : rest.Length),
        };
        if (kind == FilterTokenKind.Quoted)
        {
            return ReadQuoted(text, ref at);
        }

        at += length;
        var word = rest[..length].ToString();
        return new(kind == FilterTokenKind.Word ? Keyword(word) : kind, word == "==" ? "=" : word, start + 1);
    }

    private static FilterTokenKind Keyword(string word) => word.ToLowerInvariant() switch
    {
        "and" => FilterTokenKind.And,
        "or" => FilterTokenKind.Or,
        "not" => FilterTokenKind.Not,
        _ => FilterTokenKind.Word,
    };

    /// <summary>Either quote; a backslash takes the next character as it is.</summary>
    private static FilterToken ReadQuoted(string text, ref int at)
    {
        var start = at;
        var quote = text[at++];
        var value = new StringBuilder();
        while (at < text.Length && text[at] != quote)
        {
            if (text[at] == '\\' && at + 1 < text.Length)
            {
                at++;
            }

            value.Append(text[at++]);
        }

        if (at == text.Length)
        {
            throw new FilterException(start + 1, "a quoted value without its end", $"close it with {quote}");
        }

        at++;
        return new(FilterTokenKind.Quoted, value.ToString(), start + 1);
    }
}
