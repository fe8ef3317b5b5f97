"""Columns of brand choice."""

from __future__ import annotations

from segkit.words.terms.term import Term

COLUMNS = (
    Term("n_on_shelf", "Times on the shelf", "Số lần có trên kệ", "count", "",
         "Purchase occasions of the panel on which the brand could be taken.",
         "Số lần mua trong bộ dữ liệu mà thương hiệu có trên kệ để chọn."),
    Term("n_choices", "Choices", "Số lượt chọn", "count", "",
         "How often a brand was taken; for a group, how often it took any.",
         "Số lần thương hiệu được chọn; với một nhóm là số lần nhóm chọn mua."),
    Term("choice_share", "Share of choices", "Tỷ trọng lượt chọn", "percent", "higher",
         "Part of all choices that fell on the brand.",
         "Phần lượt chọn dành cho thương hiệu trong tất cả lượt chọn.",
         ("share of choices",), ("tỷ trọng lượt chọn",)),
    Term("varying_share", "Occasions that differ", "Lần mua có khác biệt", "percent", "",
         "Share of occasions on which the brands differ in the variable. Only these say something of it.",
         "Tỷ lệ lần mua mà các thương hiệu khác nhau ở biến này. Chỉ những lần đó mới nói lên điều gì về biến."),
    Term("revenue_change", "Change of revenue", "Thay đổi doanh thu", "percent", "higher",
         "What the brand takes in more or less after the change, of what it took in before, one unit a choice.",
         "Doanh thu của thương hiệu tăng hay giảm bao nhiêu phần trăm sau thay đổi, mỗi lượt chọn một đơn vị."),
    Term("revenue_change_low", "Change of revenue, low", "Thay đổi doanh thu, cận dưới", "percent", "",
         "Lower end of the 95% interval of the change of revenue.",
         "Giới hạn dưới của khoảng tin cậy 95% của thay đổi doanh thu."),
    Term("revenue_change_high", "Change of revenue, high", "Thay đổi doanh thu, cận trên", "percent", "",
         "Upper end of the 95% interval of the change of revenue.",
         "Giới hạn trên của khoảng tin cậy 95% của thay đổi doanh thu."),
    Term("break_even_share", "Break-even cost", "Giá vốn hòa vốn", "percent", "",
         "Cost of a unit, as a share of today's price, at which the change leaves profit as it is: a lower price earns "
         "more below it, a higher one above it.",
         "Giá vốn một đơn vị, tính theo phần giá hiện tại, mà tại đó lợi nhuận không đổi: giảm giá có lợi khi giá vốn "
         "thấp hơn mức này, tăng giá có lợi khi cao hơn.",
         ("break-even cost",), ("giá vốn hòa vốn",)),
    Term("break_even_share_low", "Break-even cost, low", "Giá vốn hòa vốn, cận dưới", "percent", "",
         "Lower end of the 95% interval of the break-even cost.",
         "Giới hạn dưới của khoảng tin cậy 95% của giá vốn hòa vốn."),
    Term("break_even_share_high", "Break-even cost, high", "Giá vốn hòa vốn, cận trên", "percent", "",
         "Upper end of the 95% interval of the break-even cost.",
         "Giới hạn trên của khoảng tin cậy 95% của giá vốn hòa vốn."),
)
